"""How steps, servers and actions are said to people: words and tones by kind and state."""

from dataclasses import dataclass
from typing import Final

from provisioning.errors import Failure
from provisioning.models import Action, Step
from provisioning.phase import cure
from provisioning.states import ActionState, StepState

KINDS: Final = {
    "project": "Cloud project",
    "user": "Service user",
    "role": "Role of the service user",
    "quota": "Quotas of",
    "flavor": "Access to flavor",
    "group": "Security group",
    "volume": "Volume",
    "server": "Server",
    "attachment": "Attachment",
    "address": "Floating IP",
    "credential": "Application credential",
    "folder": "CI folder",
    "job": "CI job",
    "suspension": "Suspension",
    "purge": "What members made themselves",
}

STATES: Final = {
    StepState.WAITING: ("waiting", "muted"),
    StepState.RUNNING: ("under way", "info"),
    StepState.READY: ("ready", "good"),
    StepState.FAILED: ("needs attention", "bad"),
    StepState.UNDOING: ("being taken back", "info"),
    StepState.UNDONE: ("gone", "muted"),
}

SERVERS: Final = {
    "ACTIVE": ("Running", "good"),
    "SHUTOFF": ("Stopped", "muted"),
    "BUILD": ("Being built", "info"),
    "REBUILD": ("Being reinstalled", "info"),
    "REBOOT": ("Rebooting", "info"),
    "HARD_REBOOT": ("Rebooting", "info"),
    "RESCUE": ("In rescue mode", "warn"),
    "RESIZE": ("Being resized", "info"),
    "VERIFY_RESIZE": ("Resized, to be confirmed", "warn"),
    "MIGRATING": ("Moving to another host", "info"),
    "PAUSED": ("Paused", "muted"),
    "SUSPENDED": ("Suspended", "muted"),
    "SHELVED": ("Shelved", "muted"),
    "SHELVED_OFFLOADED": ("Shelved", "muted"),
    "ERROR": ("In error", "bad"),
}

# Jenkins's results of a build; empty while it runs.
BUILDS: Final = {
    "": ("running", "info"),
    "SUCCESS": ("good", "good"),
    "UNSTABLE": ("tests failed", "warn"),
    "FAILURE": ("failed", "bad"),
    "ABORTED": ("stopped", "muted"),
    "NOT_BUILT": ("not built", "muted"),
}

ACTIONS: Final = {
    ActionState.ASKED: ("asked for", "info"),
    ActionState.CALLED: ("under way", "info"),
    ActionState.DONE: ("done", "good"),
    ActionState.UNKNOWN: ("may or may not have happened", "warn"),
    ActionState.REFUSED: ("refused", "bad"),
}

# Nova's names of what it does to a server at the moment, and cinder's of a volume's state; any other is shown plainly.
TASKS: Final = {
    "scheduling": "looking for a host",
    "networking": "getting its address",
    "block_device_mapping": "getting its disks",
    "spawning": "starting for the first time",
    "powering-on": "starting",
    "powering-off": "stopping",
    "rebuild_spawning": "starting anew",
}
VOLUMES: Final = {
    "": "Not there yet",
    "available": "Ready, at no server",
    "in-use": "At a server",
    "creating": "Being made",
    "extending": "Being made larger",
    "error": "In error",
}

# What may be asked of a server, where its own word does not say it.
VERBS: Final = {
    "hard-reboot": "Hard reboot",
    "unrescue": "End rescue",
    "confirm": "Keep the new flavor",
    "revert": "Go back to the old flavor",
    "stop-build": "Stop of a build",
}

# What interrupts work or loses something, and is asked about first: what it does.
WARNINGS: Final = {
    "stop": "It is shut down, and whatever runs on it ends. Its disks and its address stay as they are; it runs again "
    "once somebody starts it.",
    "hard-reboot": "It is switched off and on at once, as if its power failed: whatever runs on it ends, and what was "
    "not yet written to its disks is lost.",
    "rescue": "It is switched off and starts again from a rescue system, with its own system disk beside it, to be "
    "repaired. What runs on it ends; its services are back once somebody ends the rescue.",
    "revert": "It is switched off and goes back to the flavor that it had before. What was written to its system disk "
    "since it was resized is lost.",
}

WHO: Final = {
    "you": "You can mend this.",
    "lab": "The lab is told.",
    "upstream": "The lab is told, and takes it to the makers of the cloud’s software.",
}


WHO_ACTS: Final = {
    "you": "The project",
    "lab": "The lab",
    "upstream": "The lab, with the makers of the cloud’s software",
}


@dataclass(frozen=True, slots=True)
class Said:
    """Words and a tone, as the badge component takes them; the steps component reads `title` and `detail` too."""

    words: str
    tone: str
    title: str = ""
    detail: str = ""


def said_of_step(step: Step) -> Said:
    """A step for the list of steps."""
    words, tone = STATES[StepState(step.state)]
    kind, _, name = step.key.partition(":")
    detail = " ".join(filter(None, (step.words, WHO.get(step.who, "") if step.failure else "")))
    return Said(words, tone, title=f"{KINDS.get(kind, kind)} {name}".strip(), detail=detail)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failed step as the desk reads it. `tried` and `button` are empty while it is tried again."""

    title: str
    tried: str
    who: str
    next: str
    button: str


def said_of_trouble(step: Step) -> Trouble:
    """What failed, how often it was tried since somebody asked for that, who must act and what next."""
    title = said_of_step(step).title
    if step.due_at:
        return Trouble(title, "", "Nobody", "It is being tried again.", "")
    lost = step.failure == Failure.LOST
    times = step.rebuilds + step.attempts + (not step.was_active)  # what was there came to trouble by itself
    tried = f"Tried {'once' if times == 1 else f'{times} times'}" if times else ""
    who = WHO_ACTS.get(step.who, WHO_ACTS["lab"])
    return Trouble(title, tried, who, cure(step.failure), "Make a new one" if lost else "Try again")


def said_of_server(status: str) -> Said:
    """A server's state, in words; nova's own word where we have none."""
    return Said(*SERVERS.get(status, (status.capitalize().replace("_", " ") or "Not there yet", "muted")))


def said_of_task(task: str) -> str:
    """What nova does to a server at the moment."""
    return TASKS.get(task, _plainly(task))


def said_of_volume(status: str) -> str:
    """A volume's state, in words."""
    return VOLUMES.get(status, _plainly(status).capitalize())


def _plainly(word: str) -> str:
    return word.replace("_", " ").replace("-", " ")


def said_of_build(result: str) -> Said:
    """A build's result, in words."""
    return Said(*BUILDS.get(result, (_plainly(result).lower(), "muted")))


def said_of_seconds(seconds: float) -> str:
    """How long a build took: `40 s`, `3 min 20 s`, `1 h 5 min`; empty for nothing."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else (f"{rest} s" if whole else "")


def said_of_verb(verb: str) -> str:
    """What a button says."""
    return VERBS.get(verb, verb.capitalize())


def said_of_action(action: Action) -> Said:
    """What became of an action."""
    words, tone = ACTIONS[ActionState(action.state)]
    return Said(words, tone, title=said_of_verb(action.verb), detail=action.words)
