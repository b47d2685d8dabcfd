import { sqlEndpoint } from "../_shared/endpoint.ts";

export default sqlEndpoint({ name: "device_list" }, {}, (sql) => sql`select public.device_list() as reply`);
