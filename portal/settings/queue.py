"""Redis as cache and broker, and Celery. A task only wakes the engine, so a lost message costs seconds."""

from portal.settings.engine import ENGINE_BEAT, ENGINE_THREADS, JENKINS_LOOK
from portal.settings.env import broker_url, env

REDIS_URL = env.redis("REDIS_URL", "redis://localhost:6379/0")

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "portico",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}

CELERY_BROKER_URL = broker_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A publisher in a web request gives up after a second: beat finds the work within ENGINE_BEAT anyway.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.5}
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 2, "visibility_timeout": 600}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "portico"
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = env.whole("WORKER_THREADS", 8, least=1)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_IMPORTS = ("portal.heartbeat",)

# Beat knows only what is due every few seconds: an interval of its own begins anew with each start. Every message
# expires by the time of the next one, so that none pile up where no worker runs.
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": seconds, "options": {"expires": seconds}}
    for name, task, seconds in (
        ("heartbeat", "portal.heartbeat.beat", 5.0),
        ("chores", "portal.tasks.begin_chores", 5.0),
        ("lookups", "portal.tasks.answer_lookups", 5.0),
        ("engine", "provisioning.tasks.beat", ENGINE_BEAT),
    )
}

# What is done less often, and the seconds between two beginnings of it: see portal.tasks.begin_chores.
CHORES = {
    "portal.tasks.send_mail": 30,
    "portal.tasks.tidy": 3600,
    "provisioning.tasks.look_at_jenkins": JENKINS_LOOK,
    "provisioning.tasks.refresh_catalogs": 300,
    "provisioning.tasks.check_some": 300,
    "provisioning.tasks.dates": 60,
    "provisioning.tasks.tell_of_images": 3600,
    "provisioning.tasks.sweep_clouds": 600,
}

# One thread of the database pool for each task, and one for a health check.
WORKER_CONNECTIONS = CELERY_WORKER_CONCURRENCY + ENGINE_THREADS
