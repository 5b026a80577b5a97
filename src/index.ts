export class TenantHub {}; export default {}
