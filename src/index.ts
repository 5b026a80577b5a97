import { app } from './http/app.ts'

export { TenantHub } from './hub/tenant-hub.ts'

export default { fetch: app.fetch } satisfies ExportedHandler<Env>
