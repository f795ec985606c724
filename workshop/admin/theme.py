"""The one seam to the admin's theme: nothing else imports unfold, so that it can be changed or left."""

from collections.abc import Mapping
from typing import Any

from django.db.models.enums import Choices
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RangeDateFilter, RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.views import ChangeList
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

# a tone of ours → the theme's colour; the words stand beside it always
COLOURS = {"heals": "warning", "asks": "danger", "rests": "default", "agrees": "success", "plain": "info"}


def coloured(choices: type[Choices], colours: Mapping[Any, str]) -> dict[str, str]:
    """The words of a choice → its colour, as ``display(label=…)`` takes it; forms then show the words alone."""
    return {str(choices(value).label): colour for value, colour in colours.items()}


__all__ = [
    "COLOURS",
    "AdminPasswordChangeForm",
    "ChangeList",
    "ChoicesDropdownFilter",
    "DropdownFilter",
    "ModelAdmin",
    "RangeDateFilter",
    "RangeDateTimeFilter",
    "StackedInline",
    "TabularInline",
    "UnfoldAdminSelectWidget",
    "UnfoldAdminSingleDateWidget",
    "UnfoldAdminTextInputWidget",
    "UnfoldBooleanSwitchWidget",
    "UserChangeForm",
    "UserCreationForm",
    "action",
    "coloured",
    "display",
]
