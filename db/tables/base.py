"""What the tables share."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    DateTime,
    MetaData,
    func,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)


def instant(name: str, *, nullable: bool = False, default: bool = False) -> Column[object]:
    """A column of aware instants."""
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=func.now() if default else None)
