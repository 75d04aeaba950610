"""The configuration files of all services, written under the state folder."""

import configparser
import json
import pathlib
from typing import Any

from .places import CEPH_FSID, CLOUDS, ETC, LOGS, MACHINES, PORTS, REGION, STATE, password, url

Sections = dict[str, dict[str, Any]]
LOCAL = "127.0.0.1"
DATABASES = ("keystone", "glance", "placement", "neutron", "cinder", "nova", "nova_api", "nova_cell0")
NOVA_FILTERS = (
    "ComputeFilter",
    "ImagePropertiesFilter",
    "AggregateInstanceExtraSpecsFilter",
    "ServerGroupAntiAffinityFilter",
    "ServerGroupAffinityFilter",
)


def database(name: str) -> str:
    return f"mysql+pymysql://osbox:{password()}@{LOCAL}:{PORTS['mariadb']}/{name}?charset=utf8"


def credentials(user: str) -> dict[str, str]:
    """How one service signs in to keystone."""
    return {
        "auth_type": "password",
        "auth_url": url("keystone") + "/v3",
        "username": user,
        "password": password(),
        "project_name": "service",
        "user_domain_name": "Default",
        "project_domain_name": "Default",
        "region_name": REGION,
    }


def common(name: str, database_section: str = "database") -> Sections:
    """The sections that every service has alike."""
    return {
        "DEFAULT": {
            "state_path": STATE / name,
            "my_ip": LOCAL,
            "transport_url": f"rabbit://osbox:{password()}@{LOCAL}:{PORTS['rabbit']}/",
        },
        database_section: {"connection": database(name)},
        "keystone_authtoken": {
            **credentials(name),
            "www_authenticate_uri": url("keystone"),
            "service_token_roles": "service",
            "service_token_roles_required": True,
        },
        "service_user": {**credentials(name), "send_service_user_token": True},
        "oslo_concurrency": {"lock_path": STATE / name / "lock"},
        "oslo_messaging_notifications": {"driver": "noop"},
    }


def merge(*parts: Sections) -> Sections:
    whole: Sections = {}
    for part in parts:
        for section, options in part.items():
            whole.setdefault(section, {}).update(options)
    return whole


def private(path: pathlib.Path) -> pathlib.Path:
    """The path, made for our eyes only before anything secret goes in."""
    path.touch(mode=0o600)
    return path


def write(name: str, sections: Sections) -> None:
    parser = configparser.RawConfigParser(default_section="none")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_dict(sections)
    with private(ETC / f"{name}.conf").open("w") as file:
        parser.write(file)


def write_all() -> None:
    for writer in (_keystone, _placement, _glance, _neutron, _cinder, _nova, _rabbit, _ceph, _clouds):
        writer()


def _keystone() -> None:
    sections: Sections = {
        "database": {"connection": database("keystone")},
        "token": {"provider": "fernet"},
        "fernet_tokens": {"key_repository": ETC / "fernet"},
        "credential": {"key_repository": ETC / "credential"},
        "identity": {"password_hash_rounds": 4},  # fast, not strong
        "oslo_messaging_notifications": {"driver": "noop"},
    }
    write("keystone", sections)


def _placement() -> None:
    write("placement", common("placement", "placement_database"))


def _glance() -> None:
    own: Sections = {
        "DEFAULT": {
            "bind_host": LOCAL,
            "bind_port": PORTS["glance"],
            "workers": 1,
            "node_staging_uri": f"file://{STATE}/glance/staging",
        },
        "glance_store": {
            "stores": "file",
            "default_store": "file",
            "filesystem_store_datadir": STATE / "glance/images",
        },
        "paste_deploy": {"flavor": "keystone", "config_file": "/usr/share/glance-common/glance-api-paste.ini"},
    }
    write("glance", merge(common("glance"), own))


def _neutron() -> None:
    own: Sections = {
        "DEFAULT": {
            "bind_host": LOCAL,
            "bind_port": PORTS["neutron"],
            "core_plugin": "ml2",
            "service_plugins": "router",
            "api_workers": 2,
            "rpc_workers": 0,
            "rpc_state_report_workers": 0,
            "dhcp_agent_notification": False,
            "api_paste_config": "/usr/share/neutron-common/api-paste.ini",
        },
        "ml2": {
            "type_drivers": "flat,vxlan",
            "tenant_network_types": "vxlan",
            "mechanism_drivers": "osbox",
            "extension_drivers": "port_security",
        },
        "ml2_type_flat": {"flat_networks": "public"},
        "ml2_type_vxlan": {"vni_ranges": "1:4000"},
        "nova": credentials("nova"),
    }
    write("neutron", merge(common("neutron"), own))


def _cinder() -> None:
    own: Sections = {
        "DEFAULT": {
            "osapi_volume_listen": LOCAL,
            "osapi_volume_listen_port": PORTS["cinder"],
            "osapi_volume_workers": 1,
            "enabled_backends": "ceph",
            "default_volume_type": "ceph",
            "host": "ceph-1",
            "glance_api_servers": url("glance"),
            "api_paste_config": "/usr/share/cinder-common/api-paste.ini",
        },
        "nova": credentials("nova"),
        "ceph": {
            "volume_driver": "cinder.volume.drivers.rbd.RBDDriver",
            "volume_backend_name": "ceph",
            "rbd_pool": "volumes",
            "rbd_ceph_conf": ETC / "ceph.conf",
            "rbd_user": "admin",
            "rados_connect_timeout": 5,
        },
    }
    write("cinder", merge(common("cinder"), own))


def _nova_sections() -> Sections:
    own: Sections = {
        "DEFAULT": {
            "osapi_compute_listen": LOCAL,
            "osapi_compute_listen_port": PORTS["nova"],
            "osapi_compute_workers": 2,
            "reserved_host_memory_mb": 16 * 1024,
            "compute_driver": "osbox.ComputeDriver",
            "report_interval": 5,
            "service_down_time": 20,
            "ram_allocation_ratio": 1.0,  # as the lab has it: RAM is what runs out first
            "cpu_allocation_ratio": 4.0,
            "disk_allocation_ratio": 1.5,
            "allow_resize_to_same_host": True,  # there is one host of each kind
        },
        "wsgi": {"api_paste_config": "/usr/share/nova-common/api-paste.ini"},
        "api_database": {"connection": database("nova_api")},
        "conductor": {"workers": 2},
        "scheduler": {"workers": 1},
        "filter_scheduler": {"enabled_filters": ",".join(NOVA_FILTERS)},
        "placement": credentials("placement"),
        "neutron": credentials("neutron"),
        "cinder": {"os_region_name": REGION},
        "glance": {"region_name": REGION},
        # links to a console are made; nothing listens behind them
        "vnc": {"enabled": True, "novncproxy_base_url": f"http://{LOCAL}:6080/vnc_lite.html"},
    }
    return merge(common("nova"), own)


def _nova() -> None:
    nova = _nova_sections()
    write("nova", nova)
    shared = {name: options for name, options in nova.items() if name not in ("database", "api_database")}
    for host in MACHINES:  # hypervisors do not get at the databases
        write(f"compute-{host}", merge(shared, {"DEFAULT": {"host": host, "state_path": STATE / f"nova/{host}"}}))


def _rabbit() -> None:
    lines = (
        f"listeners.tcp.default = {LOCAL}:{PORTS['rabbit']}",
        "default_user = osbox",
        f"default_pass = {password()}\n",
    )
    private(ETC / "rabbitmq.conf").write_text("\n".join(lines))
    (ETC / "rabbitmq-plugins").write_text("[].\n")


def _ceph() -> None:
    ceph = STATE / "ceph"
    options = {
        "fsid": CEPH_FSID,
        "mon_host": f"v2:{LOCAL}:{PORTS['ceph-mon']}",
        "public_addr": LOCAL,
        "cluster_addr": LOCAL,
        "ms_bind_port_min": PORTS["ceph-first"],
        "ms_bind_port_max": PORTS["ceph-last"],
        **{f"auth_{part}_required": "none" for part in ("cluster", "service", "client")},
        "auth_allow_insecure_global_id_reclaim": "false",
        "osd_pool_default_size": 1,
        "osd_pool_default_min_size": 1,
        "osd_pool_default_pg_autoscale_mode": "off",
        "mon_allow_pool_size_one": "true",
        "mon_warn_on_pool_no_redundancy": "false",
        "mon_data_avail_warn": 2,
        "mgr_initial_modules": "",
        **{f"{part}_data": ceph / part for part in ("mon", "mgr", "osd")},
        "run_dir": ceph,
        "bluestore_block_size": 20 << 30,
        "osd_memory_target": 900 << 20,
        "admin_socket": ceph / "$name.asok",
        "log_file": LOGS / "$name.log",
    }
    write("ceph", {"global": options})


def _clouds() -> None:
    """clouds.yaml (JSON is YAML too): the portal's user and the admin."""
    clouds = {cloud: _cloud(user) for cloud, user in (("osbox", "portal"), ("osbox-admin", "admin"))}
    private(CLOUDS).write_text(json.dumps({"clouds": clouds}, indent=2) + "\n")


def _cloud(user: str) -> dict[str, Any]:
    auth = {
        "auth_url": url("keystone") + "/v3",
        "username": user,
        "password": password(),
        "project_name": user,
        "user_domain_name": "Default",
        "project_domain_name": "Default",
    }
    return {"region_name": REGION, "identity_api_version": "3", "volume_api_version": "3", "auth": auth}
