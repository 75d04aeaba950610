"""Claims due plans of a cloud, looks, advances every step that can move, records, releases. Knows no provider.

    engine.advance(Site(name, cloud, kinds, look))

The position of all work is in the database: a pass may be killed anywhere, and any number may run side by side.
"""

from provisioning.engine.changes import ask_for_full, notice, watched
from provisioning.engine.pause import pause
from provisioning.engine.run import Pass
from provisioning.engine.site import Actions, NotThisDeployment, Site, deployment
from provisioning.models import Watch

__all__ = ["Actions", "NotThisDeployment", "Site", "advance", "ask_for_full", "deployment", "look", "pause", "watched"]


def advance(site: Site) -> int:
    """One pass over a cloud; returns how many plans it looked at. Raises NotThisDeployment, having touched nothing."""
    ours = deployment()
    watch, _ = Watch.objects.get_or_create(cloud=site.name)
    return Pass(site, ours, watch).run()


def look(site: Site) -> int:
    """Look at a cloud and make due what it shows changed; returns how many things that were. Raises ProviderError."""
    return notice(site.look())
