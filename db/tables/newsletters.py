"""Issues of the newsletter for young enterprises (REG-1)."""

from __future__ import annotations

from sqlalchemy import ARRAY, Boolean, Column, Date, Index, Integer, String, Table, Text, false

from db.tables.base import instant, metadata

# `handed_to` is the last SIREN told of the issue, in their order; `readers` counts them.
newsletters = Table(
    "newsletters",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("organisation", String(60), nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("sectors", ARRAY(Text), nullable=False),
    Column("leaves_on", Date, nullable=False),
    Column("withdrawn", Boolean, nullable=False, server_default=false()),
    Column("handed_to", String(9), nullable=False, server_default=""),
    Column("readers", Integer, nullable=False, server_default="0"),
    instant("handed_out_at", nullable=True),
    Index("ix_newsletters_organisation_leaves_on", "organisation", "leaves_on"),
)
