import { sqlEndpoint } from "../_shared/endpoint.ts";

export default sqlEndpoint({ name: "invite_pending" }, {}, (sql) => sql`select public.invite_pending() as reply`);
