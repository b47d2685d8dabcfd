"""What every event of a page is."""

import msgspec


class PageEventBase(msgspec.Struct, tag_field="event", forbid_unknown_fields=True):
    pass
