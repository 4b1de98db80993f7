"""``handrail keys``: who may use the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.errors import CommandError
from api.commands.office import duration, in_office

if TYPE_CHECKING:
    from agent.access import ApiKey
    from agent.office import BackOffice


def create(
    name: Annotated[str, typer.Argument(help="Who or what uses the key, e.g. `intranet chat`.")],
    scope: Annotated[
        list[str],
        typer.Option(help="What it may do; may be repeated: chat, context:set, review, curate, policy, audit, admin."),
    ],
    tenant: Annotated[str, typer.Option(help="Tenant it acts for; `*` for every one.")] = "default",
    expires: Annotated[str | None, typer.Option(help="Lifetime, e.g. 90d, 12h [default: never].")] = None,
    rate_limit: Annotated[
        str | None, typer.Option(help="Its own limit, e.g. 60/minute [default: setting rate_limit].")
    ] = None,
) -> None:
    """Make a key and show it, once."""
    from agent.access import issue

    async def made(office: BackOffice) -> None:
        issued = issue(
            name,
            tenant=tenant,
            scopes=scope,
            now=office.clock.now(),
            lifetime=duration(expires) if expires else None,
            rate_limit=rate_limit,
        )
        await _recorded(office, "key_created", issued.key)
        await office.keys.add(issued.key)
        _show(issued.key, issued.token)

    in_office(made)


def show_all() -> None:
    """List the keys, usable or not; their secrets are not kept."""

    async def listed(office: BackOffice) -> None:
        now = office.clock.now()
        keys = await office.keys.all()
        for key in keys:
            state = key.fault(now) or (
                f"expires {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else "does not expire"
            )
            typer.echo(f"{key.id}  {key.tenant:<12} {' '.join(key.scopes):<24} {state:<30} {key.name}")
        if not keys:
            typer.echo("there are no keys; create one with `handrail keys create`")

    in_office(listed)


def revoke(key_id: Annotated[str, typer.Argument(help="Id of the key, as listed.")]) -> None:
    """End a key now."""

    async def revoked(office: BackOffice) -> None:
        key = await _existing(office, key_id)
        await _recorded(office, "key_revoked", key)
        await office.keys.expire(key.id, office.clock.now(), revoke=True)
        typer.echo(f"{key.id} is revoked; running services refuse it within 2 seconds")

    in_office(revoked)


def rotate(
    key_id: Annotated[str, typer.Argument(help="Id of the key to replace.")],
    overlap: Annotated[str, typer.Option(help="How long the old one stays usable, e.g. 24h, 0m.")] = "24h",
) -> None:
    """Make a key like another one, which ends after the overlap."""
    from agent.access import issue

    async def rotated(office: BackOffice) -> None:
        old = await _existing(office, key_id)
        now = office.clock.now()
        lifetime = old.expires_at - old.created_at if old.expires_at else None
        issued = issue(
            old.name, tenant=old.tenant, scopes=old.scopes, now=now, lifetime=lifetime, rate_limit=old.rate_limit
        )
        await _recorded(office, "key_rotated", issued.key, replaces=old.id)
        await office.keys.add(issued.key)
        await office.keys.expire(old.id, now + duration(overlap), revoke=False)
        _show(issued.key, issued.token)
        typer.echo(f"{old.id} ends at {now + duration(overlap):%Y-%m-%d %H:%M} UTC")

    in_office(rotated)


async def _existing(office: BackOffice, key_id: str) -> ApiKey:
    """The key, which can still be used."""
    key = await office.keys.get(key_id)
    if key is None:
        raise CommandError(f"there is no key `{key_id[:40]}`; see `handrail keys list`")
    if fault := key.fault(office.clock.now()):
        raise CommandError(f"the key `{key.id}` {fault} already")
    return key


async def _recorded(office: BackOffice, event: str, key: ApiKey, **more: str) -> None:
    """The change is on record before it takes effect."""
    from agent.audit import Entry

    body = {"event": event, "key": key.id, "name": key.name, "scopes": [str(scope) for scope in key.scopes], **more}
    at = office.clock.now()
    await office.records.append(
        Entry(kind="access", turn_id="", thread_id="", tenant=key.tenant, at=at, body={**body, "by": "command line"})
    )


def _show(key: ApiKey, token: str) -> None:
    typer.echo(f"{key.id} ({key.name}): tenant {key.tenant}, scopes {' '.join(key.scopes)}", err=True)
    typer.echo("the key is shown this once; keep it where secrets are kept:", err=True)
    typer.echo(token)
