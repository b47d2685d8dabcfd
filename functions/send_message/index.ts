import { sqlEndpoint } from "../_shared/endpoint.ts";
import { bytes, int, oneOf, uuid } from "../_shared/shape.ts";

const fields = {
  group_id: uuid,
  message_id: uuid,
  client_seq: int(),
  msg_kind: oneOf("chat", "commit", "proposal"),
  epoch: int(),
  mls_bytes: bytes(1, Infinity), // larger ones get the code message_too_large from SQL
};

export default sqlEndpoint(
  { name: "send_message" },
  fields,
  (sql, body) =>
    sql`select public.send_message(${body.group_id}, ${body.message_id}, ${body.client_seq},
    ${body.msg_kind}, ${body.epoch}, ${body.mls_bytes}) as reply`,
);
