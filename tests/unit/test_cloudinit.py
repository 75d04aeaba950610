"""User-data: what it says, that it is valid, and what is refused."""

import base64
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from provisioning import cloudinit
from provisioning.errors import Failure, Rejected

ADA = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1v0b0ZJ0m0b0ZJ0m0b0ZJ0m0b0ZJ0m0b0ZJ0m0b0ZJ ada@example.org"
BOB = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2v0b0ZJ0m0b0ZJ0m0b0ZJ0m0b0ZJ0m0b0ZJ0m0b0ZJ"
VOLUME = "2f1b8a52-3f6e-4a7e-9d6d-1a2b3c4d5e6f"


def read(encoded: str) -> dict[str, Any]:
    text = base64.b64decode(encoded).decode()
    assert text.startswith("#cloud-config\n")
    return dict(yaml.safe_load(text))


def test_each_person_gets_an_account_with_their_own_keys() -> None:
    document = read(cloudinit.user_data([("Ada", [ADA, ADA]), ("bob", [BOB])], hostname="web-1"))
    accounts = {one["name"]: one["ssh_authorized_keys"] for one in document["users"]}
    assert accounts == {"ada": [ADA], "bob": [BOB]}
    assert document["hostname"] == "web-1"
    assert document["ssh_pwauth"] is False
    assert document["disable_root"] is True
    assert all(one["lock_passwd"] for one in document["users"])


def test_staff_keep_an_account() -> None:
    document = cloudinit.config([("ada", [ADA])], hostname="web-1", staff={"login": "lab", "keys": [BOB]})
    assert [one["name"] for one in document["users"]] == ["ada", "lab"]


def test_person_named_as_the_staff_does_not_get_into_their_account() -> None:
    document = cloudinit.config([("lab", [ADA])], hostname="web-1", staff={"login": "lab", "keys": [BOB]})
    accounts = {one["name"]: one["ssh_authorized_keys"] for one in document["users"]}
    assert accounts["lab"] == [BOB]
    assert [ADA] in accounts.values()


def test_volume_is_formatted_only_where_blank_and_mounted() -> None:
    document = read(cloudinit.user_data([("ada", [ADA])], hostname="web-1", volume_id=VOLUME))
    ((where, mount_point, kind, options, *_),) = document["mounts"]
    assert where == f"/dev/disk/by-id/virtio-{VOLUME[:20]}"
    assert (mount_point, kind) == ("/data", "ext4")
    assert {"nofail", "x-systemd.makefs"} <= set(options.split(","))
    assert "fs_setup" not in document  # it would write over a file system of another type
    assert all(isinstance(command, list) for command in document["runcmd"])


def test_no_volume_no_mount() -> None:
    assert "mounts" not in cloudinit.config([("ada", [ADA])], hostname="web-1")


@pytest.mark.parametrize(
    "key",
    [
        "",
        "ssh-ed25519",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        f"{ADA}\n{BOB}",
        f'command="rm -rf /" {BOB}',
        f"{BOB} a\x00b",
        "ssh-ed25519 AAAA!! ada",
    ],
)
def test_what_is_no_key_in_one_line_is_refused(key: str) -> None:
    with pytest.raises(Rejected) as refused:
        cloudinit.user_data([("ada", [key])], hostname="web-1")
    assert refused.value.code == Failure.KEY_REJECTED


def test_too_many_keys_for_nova_are_refused() -> None:
    keys = [f"ssh-rsa {'A' * 700}{number:04} x" for number in range(100)]
    with pytest.raises(Rejected, match="too long"):
        cloudinit.user_data([("ada", keys)], hostname="web-1")


@pytest.mark.parametrize(
    ("login", "account"),
    [
        ("Ada", "ada"),
        ("1st-porter", "u-1st-porter"),
        ("root", "u-root"),
        ("Docker", "u-docker"),
        ("a" * 39, "a" * 30),
        ("ends-", "ends"),
    ],
)
def test_account_of_a_login(login: str, account: str) -> None:
    assert cloudinit.unix_login(login, staff="lab") == account


@given(st.text(max_size=60), st.sampled_from(["", "lab", "u-1", "u-"]) | st.from_regex(r"[a-z]{1,3}", fullmatch=True))
@example("lab", "lab")
@example("1", "u-1")
def test_any_login_makes_a_valid_account(login: str, staff: str) -> None:
    account = cloudinit.unix_login(login, staff=staff)
    assert 1 < len(account + "x") <= 33
    assert account[0].isascii()
    assert account[0].isalpha()
    assert set(account) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")
    assert account not in {*cloudinit.RESERVED, staff}


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=40))
def test_nothing_typed_gets_out_of_its_field(comment: str) -> None:
    try:
        document = read(cloudinit.user_data([("ada", [f"{BOB} {comment}"])], hostname="web-1"))
    except Rejected:
        return
    assert len(document["users"]) == 1
    assert document["users"][0]["ssh_authorized_keys"] == [f"{BOB} {comment}".strip()]
