import { sqlEndpoint } from "../_shared/endpoint.ts";

export default sqlEndpoint({ name: "backup_state" }, {}, (sql) => sql`select public.backup_state() as reply`);
