"""`parcours doctor`: what is set up, what is not, what to do about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from cli import checks
from cli.process import prepared, run
from config.errors import OperatorError
from config.settings import Settings
from domain.policy import PolicyError

if TYPE_CHECKING:
    from cli.ledger import Proof

CHECKS: dict[str, Callable[[Settings], Awaitable[str]]] = {
    "settings": checks.settings_in_force,
    "policies": checks.policies,
    "database": checks.database,
    "migrations": checks.migrations,
    "login": checks.login,
    "events": checks.events,
    "Temporal": checks.temporal,
    "SMS": checks.sms,
    "mail": checks.mail,
    "letters": checks.letters,
}


class Unhealthy(OperatorError):
    """At least one check failed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `detail` says what to do when it is not well."""

    subject: str
    well: bool
    detail: str

    def __str__(self) -> str:
        return f"{'✔' if self.well else '✘'} {self.subject:<12} {self.detail}"


def doctor(
    ledger: Annotated[bool, typer.Option("--ledger", help="Prove from stored facts what was sent and why.")] = False,
) -> None:
    """Check settings, policies, database, migrations, Temporal and providers; exit 1 if something is wrong."""
    settings = prepared()
    run(lambda: _prove(settings) if ledger else _examine(settings))


async def _prove(settings: Settings) -> None:
    """Every message owed was sent once or explained, as far as the database tells."""
    from cli.ledger import REMEDIES, prove
    from db.engine import make_engine

    engine = make_engine(settings.required_database_url, pool_size=2)
    try:
        proofs = await prove(engine)
    finally:
        await engine.dispose()
    _report([_proved(subject, proof, REMEDIES[subject]) for subject, proof in proofs.items()])


def _proved(subject: str, proof: Proof, remedy: str) -> Finding:
    if not proof.amiss:
        return Finding(subject, True, f"{proof.checked} checked")
    examples = "\n".join(f"    {example}" for example in proof.examples)
    return Finding(subject, False, f"{proof.amiss} amiss of {proof.checked}: {remedy}\n{examples}")


async def _examine(settings: Settings) -> None:
    _report([await _find(settings, subject) for subject in CHECKS])


def _report(findings: list[Finding]) -> None:
    typer.echo("\n".join(str(finding) for finding in findings))
    ill = [finding.subject for finding in findings if not finding.well]
    if ill:
        raise Unhealthy(f"not well: {', '.join(ill)}")


async def _find(settings: Settings, subject: str) -> Finding:
    try:
        return Finding(subject, True, await CHECKS[subject](settings))
    except (OperatorError, PolicyError) as error:
        return Finding(subject, False, str(error))
    except (OSError, SQLAlchemyError) as error:
        return Finding(
            subject, False, f"no answer ({type(error).__name__}): start it, or correct PARCOURS_DATABASE_URL"
        )
    except RPCError as error:
        return Finding(subject, False, f"refused ({error.message}): correct PARCOURS_TEMPORAL_NAMESPACE or create it")
