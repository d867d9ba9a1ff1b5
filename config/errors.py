"""Errors whose message is written for whoever starts Parcours."""

from __future__ import annotations


class OperatorError(Exception):
    """Something the operator can put right; the message says what to do and holds no secret."""

    exit_code = 1


class SettingsError(OperatorError):
    """A setting is missing or wrong; the message names the variable."""

    exit_code = 2
