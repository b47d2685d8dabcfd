"""What must hold whenever something leaves a device: it is stored, and no key is used twice."""

from typing import TYPE_CHECKING

from mls_chat import effects
from mls_chat.effects import Row
from mls_chat.records import GroupRecord, OutboxRecord, decode_record
from mls_chat.wire import frames

if TYPE_CHECKING:
    from simulator.device import SimDevice


class BrokenRule(Exception):
    """The device did what no device may ever do."""


class Utterances:
    def __init__(self, device: "SimDevice") -> None:
        self._device = device
        self._uttered: dict[tuple[str, int], bytes] = {}
        self._left: set[bytes] = set()
        """Ciphertexts that have left the device."""

    def check_call(self, call: effects.CallFunction) -> None:
        if call.name == "send_message":
            body = self._device.sim.decode_request(call)
            self._utter(body.group_id, body.message_id, body.epoch, body.mls_bytes)

    def check_frame(self, frame: frames.ClientFrame) -> None:
        match frame:
            case frames.Ack(group_id=group_id, server_seq=seq):
                row = Row("groups", group_id, self._device.rows.get(("groups", group_id), b""))
                if decode_record(GroupRecord, row).cursor < seq:
                    raise BrokenRule(f"device {self._device.index} acknowledged {seq} before it was stored")
            case frames.Send():
                self._utter(frame.group_id, frame.message_id, frame.epoch, frame.mls_bytes)

    def _utter(self, group_id: str, message_id: str, epoch: int, data: bytes) -> None:
        if data in self._left:
            return  # the same bytes again are harmless
        self._left.add(data)
        rows = [
            row
            for row in self._device.records(OutboxRecord)
            if row.message_id == message_id and row.group_id == group_id
        ]
        known = any(message.message_id == message_id for message in self._device.sim.server.groups[group_id].log)
        # no bytes, or in the log already: the same batch found its epoch withdrawn
        if not known and not any(row.mls_bytes in (data, b"") for row in rows):
            raise BrokenRule(f"device {self._device.index} sent a message that it has not stored")
        reused = self._device.sim.server.groups[group_id].voided  # a withdrawn epoch's number comes a second time
        if self._uttered.setdefault((message_id, epoch), data) != data and not reused:
            raise BrokenRule(f"device {self._device.index} encrypted a message twice in epoch {epoch}")

    def forget(self) -> None:
        """A state that was set back knows nothing of what it said."""
        self._uttered.clear()

    def forgive(self, code: str) -> None:
        """After this refusal the message may be encrypted again in what the device takes for the current epoch."""
        if code == "stale_epoch":
            self._uttered.clear()
