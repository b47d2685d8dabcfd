import { sqlEndpoint } from "../_shared/endpoint.ts";

export default sqlEndpoint({ name: "user_groups" }, {}, (sql) => sql`select public.user_groups() as reply`);
