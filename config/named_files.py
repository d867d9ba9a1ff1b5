"""Settings read from files: `NAME_FILE=/run/secrets/…` stands for `NAME` (docker and Kubernetes secrets)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from config.errors import SettingsError


class NamedFiles(PydanticBaseSettingsSource):
    """The content of the files that `NAME_FILE` variables point to."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[str | None, str, bool]:
        """Value, key and complexity of one field; the value is None when no file is named, or it is empty."""
        variable = f"{variable_of(self.settings_cls, field_name, field)}_FILE"
        file = os.environ.get(variable)
        return ((_read(variable, Path(file)) or None) if file else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return what the named files hold, by field name."""
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}


def variable_of(settings: type[BaseSettings], field_name: str, field: FieldInfo) -> str:
    """Environment variable that sets a field: its alias, else its name with the prefix."""
    alias = field.validation_alias
    return alias if isinstance(alias, str) else f"{settings.model_config['env_prefix']}{field_name}".upper()


def _read(variable: str, file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError as error:
        raise SettingsError(f"{variable}: {file} cannot be read ({error.strerror}): check path and rights") from None
