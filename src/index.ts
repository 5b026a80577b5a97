export { TenantHub } from './hub/tenant-hub.ts'

export default { fetch: () => new Response('Not found', { status: 404 }) } satisfies ExportedHandler<Env>
