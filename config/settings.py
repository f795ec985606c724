"""One file for every environment. What is wrong is said at start-up, never guessed around."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from config.admin_theme import UNFOLD  # noqa: F401 (the theme reads it from here)

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(exist_ok=True)

env = environ.Env()
ENV_FILE = Path(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))
if ENV_FILE.exists():
    env.read_env(ENV_FILE)


def env_bool(name: str, default: bool) -> bool:
    """Only yes and no words pass: a misspelt DEBUG=flase must not become a value."""
    words = {"1": True, "true": True, "on": True, "yes": True, "0": False, "false": False, "off": False, "no": False}
    value = env.str(name, default=str(default)).strip().lower()
    if value not in words:
        raise ImproperlyConfigured(f"{name}={value!r} is neither true nor false.")
    return words[value]


def env_url(name: str, default: str, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """An address with scheme and host, without the slash at its end."""
    value = (env.str(name, default="") or default).rstrip("/")
    parts = urlsplit(value)
    if value != default and (parts.scheme not in schemes or not parts.hostname):
        raise ImproperlyConfigured(f"{name}={value!r} is not an address like {schemes[-1]}://host.")
    return value


DEBUG = env_bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY")
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured("SECRET_KEY is too short: use at least 50 random characters.")
FIELD_ENCRYPTION_KEYS = env.list("FIELD_ENCRYPTION_KEY", default=[])
for _key in FIELD_ENCRYPTION_KEYS:
    if not re.fullmatch(r"[\w-]{43}=", _key):
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEY must be 32 random bytes in URL-safe base64, 44 characters.")
SITE_URL = env_url("SITE_URL", "http://localhost:8000")
SECURE = urlsplit(SITE_URL).scheme == "https"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[urlsplit(SITE_URL).hostname, "localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "template_partials",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "simple_history",
    "django_q",
    "workshop",
    "accounting_sync",
]
WITH_ACCOUNTING = not env_bool("WITHOUT_ACCOUNTING", False)  # without it, the workshop proves that it runs alone
if not WITH_ACCOUNTING:
    INSTALLED_APPS.remove("accounting_sync")
# what other apps put on a record's page, by address
RECORD_PANELS = ["/accounting/panel/{kind}/{id}/"] if WITH_ACCOUNTING else []

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "config.security.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "workshop.admin.zone.GarageTimeMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                *(["accounting_sync.pages.banner.banner"] if WITH_ACCOUNTING else []),
            ],
        },
    },
]

# Database: SQLite unless told otherwise. IMMEDIATE is compulsory there: a deferred transaction that reads first
# fails at once with "database is locked", and the engine's row locks rest on it.
_url = env.str("DATABASE_URL", default="") or f"sqlite:///{VAR_DIR / 'workshop.sqlite3'}"
DATABASES = {"default": env.db_url_config(_url)}
_default = DATABASES["default"]
if _default.get("ENGINE") not in ("django.db.backends.sqlite3", "django.db.backends.postgresql"):
    raise ImproperlyConfigured("DATABASE_URL must begin with sqlite:/// or postgres://.")
_default["CONN_MAX_AGE"] = 600
if _default["ENGINE"] == "django.db.backends.sqlite3":
    _default["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    _default["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env_url("REDIS_URL", "", ("rediss", "redis"))
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": str(VAR_DIR / "cache")},
}

# django-q2 is the wake-up, never the truth: one attempt, nothing retried by it, nothing kept.
Q_CLUSTER = {
    "name": "workshop",  # the salt of queued tasks: changing it discards them
    "workers": env.int("Q_WORKERS", default=2),
    "timeout": 120,
    "retry": 600,
    "max_attempts": 1,
    "ack_failures": True,
    "queue_limit": 2,
    "bulk": 1,
    "recycle": 500,
    "max_rss": 400_000,
    "save_limit": 50,
    "catch_up": False,
    "guard_cycle": 0.5,  # must divide timeout + 3 exactly, or a hung task is never killed
    "ALT_CLUSTERS": {},
    "label": "Background work",
}
Q_CLUSTER |= {"redis": REDIS_URL} if REDIS_URL else {"orm": "default", "poll": 0.1}

# People and sessions
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "workboard"
LOGOUT_REDIRECT_URL = "login"

# Security
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env_bool("BEHIND_PROXY", False) else None
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # Strict would drop the session on the way back from Xero's consent page
X_FRAME_OPTIONS = "DENY"

# A way back past the verbs would save nothing (they see no change) or too much
SIMPLE_HISTORY_REVERT_DISABLED = True

# Language, time, files, mail
LANGUAGE_CODE = "en-nz"
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = env.str("TIME_ZONE", default="Pacific/Auckland")
USE_I18N = True
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "config" / "static"]
# before collectstatic, files are found as they are asked for
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not STATIC_ROOT.exists()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_ROOT.exists()
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))

# Xero, or the sandbox, or any proxy: reached by changing these three
XERO_CLIENT_ID = env.str("XERO_CLIENT_ID", default="")
XERO_CLIENT_SECRET = env.str("XERO_CLIENT_SECRET", default="")
XERO_WEBHOOK_KEY = env.str("XERO_WEBHOOK_KEY", default="")
XERO_API_URL = env_url("XERO_API_URL", "https://api.xero.com")
XERO_IDENTITY_URL = env_url("XERO_IDENTITY_URL", "https://identity.xero.com")
XERO_LOGIN_URL = env_url("XERO_LOGIN_URL", "https://login.xero.com")
XERO_GO_URL = env_url("XERO_GO_URL", "https://go.xero.com")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "workshop.api.authentication.DeviceTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["workshop.api.permissions.RolePermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["workshop.api.filters.FilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "workshop.api.pagination.CursorPagination",
    "DEFAULT_SCHEMA_CLASS": "workshop.api.schema.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_THROTTLE_CLASSES": ["workshop.api.throttling.DeviceThrottle"],
    "DEFAULT_THROTTLE_RATES": {"device": "600/min"},
    "NUM_PROXIES": 1 if SECURE_PROXY_SSL_HEADER else 0,  # else any X-Forwarded-For would be a fresh allowance
    "EXCEPTION_HANDLER": "workshop.api.problems.problem_details",
    "DEFAULT_VERSIONING_CLASS": None,
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Workshop API",
    "VERSION": "1",
    "DESCRIPTION": (BASE_DIR / "workshop" / "api" / "introduction.md").read_text(encoding="utf-8"),
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"docExpansion": "none", "persistAuthorization": False, "defaultModelsExpandDepth": 0},
    "TAGS": [
        {"name": name}
        for name in (
            "Devices",
            "Jobs",
            "Quotes",
            "Customers",
            "Vehicles",
            "Parts",
            "Invoices",
            "Payments",
            "Credit notes",
            "Staff",
            "Settings",
            "Accounting",
        )
    ],
    "SCHEMA_PATH_PREFIX": "/api/v1/(?:accounting/)?",
    "ENUM_NAME_OVERRIDES": {
        "LineKind": "workshop.models.LineKind",
        "TaxMode": "workshop.models.TaxMode",
        "PartyKind": "workshop.models.Party.Kind",
        "PhoneKind": "workshop.models.PhoneNumber.Kind",
        "AddressKind": "workshop.models.Address.Kind",
        "InvoiceLineKind": "workshop.models.InvoiceLine.Kind",
        "JobStatus": "workshop.models.Job.Status",
        "QuoteStatus": "workshop.models.Quote.Status",
        "InvoiceStatus": "workshop.models.Invoice.Status",
        "CreditNoteStatus": "workshop.models.CreditNote.Status",
        "PaymentSource": "workshop.models.Payment.Source",
        "QuoteLineDecision": "workshop.models.QuoteLine.Decision",
        "OdometerUnit": "workshop.models.OdometerReading.Unit",
        "AllocationSource": "workshop.models.CreditAllocation.Source",
        "DocumentSource": "workshop.models.Source",
        "AccountRole": "workshop.models.AccountRole",
        "MovementKind": "workshop.models.StockMovement.Kind",
        "AdjustmentKind": "workshop.models.StockAdjustment.Kind",
        "StocktakeStatus": "workshop.models.Stocktake.Status",
        "TransferStatus": "workshop.models.StockTransfer.Status",
        "WorkOrderStatus": "workshop.models.WorkOrder.Status",
        "WorkOrderDirection": "workshop.models.WorkOrder.Direction",
    },
}
if "accounting_sync" in INSTALLED_APPS:
    SPECTACULAR_SETTINGS["ENUM_NAME_OVERRIDES"]["SyncDecision"] = "accounting_sync.decisions.DECISIONS"
    SPECTACULAR_SETTINGS["ENUM_NAME_OVERRIDES"]["ReconciledAccount"] = "accounting_sync.models.Reconciliation.Account"
    SPECTACULAR_SETTINGS["ENUM_NAME_OVERRIDES"] |= {
        "ConnectionStatus": "accounting_sync.models.Connection.Status",
        "ContactImportStage": "accounting_sync.models.ContactImport.Stage",
        "AttemptTrigger": "accounting_sync.models.Attempt.Trigger",
        "TieOutStage": "accounting_sync.models.TieOutRun.Stage",
        "TieOutTrigger": "accounting_sync.models.TieOutRun.Trigger",
        "TieOutKind": "accounting_sync.models.TieOutDifference.Kind",
        "TieOutReason": "accounting_sync.models.TieOutDifference.Reason",
    }

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # both would print request headers and token bodies at DEBUG
        "requests_oauthlib": {"level": "WARNING"},
        "oauthlib": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
    },
}
