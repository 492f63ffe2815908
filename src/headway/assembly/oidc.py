"""The provider at which people sign in, if one is set."""

from __future__ import annotations

from urllib.parse import urlsplit

from headway.model.clock import Clock
from headway.model.errors import BadSetting
from headway.settings import Settings
from headway.web.desk import Provider


def find_provider(settings: Settings, clock: Clock) -> Provider | None:
    """Raises `BadSetting` for settings that do not go together, and where the extra is not installed."""
    if settings.oidc_issuer is None:
        return None
    if settings.oidc_client_id is None:
        raise BadSetting(name="HEADWAY_OIDC_CLIENT_ID", reason="it is needed with HEADWAY_OIDC_ISSUER")
    try:
        from headway.web.provider import ALGORITHMS, OidcProvider, ProviderSettings
    except ModuleNotFoundError as error:
        raise BadSetting(name="HEADWAY_OIDC_ISSUER", reason=f"{error.name} is not installed: pip install 'headway[oidc]'") from None
    unknown = sorted(set(settings.oidc_algorithms) - set(ALGORITHMS))
    if unknown:
        raise BadSetting(name="HEADWAY_OIDC_ALGORITHMS", reason=f"{', '.join(unknown)}: not one of {', '.join(ALGORITHMS)}")
    return OidcProvider(
        ProviderSettings(
            issuer=settings.oidc_issuer, client_id=settings.oidc_client_id, client_secret=_secret(settings), scopes=settings.oidc_scopes,
            name=settings.oidc_name or urlsplit(settings.oidc_issuer).hostname or "OpenID", admits=frozenset(settings.oidc_admits),
            groups_claim=settings.oidc_groups_claim, algorithms=settings.oidc_algorithms or ALGORITHMS,
        ),
        clock,
    )  # fmt: skip


def _secret(settings: Settings) -> str | None:
    if settings.oidc_client_secret_file is None:
        return settings.oidc_client_secret
    if settings.oidc_client_secret is not None:
        raise BadSetting(name="HEADWAY_OIDC_CLIENT_SECRET_FILE", reason="set it or HEADWAY_OIDC_CLIENT_SECRET, not both")
    try:
        secret = settings.oidc_client_secret_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(name="HEADWAY_OIDC_CLIENT_SECRET_FILE", reason=str(error)) from None
    if not secret:
        raise BadSetting(name="HEADWAY_OIDC_CLIENT_SECRET_FILE", reason="the file is empty")
    return secret
