"""What every view is."""

import msgspec


class ViewBase(msgspec.Struct, tag_field="kind"):
    pass
