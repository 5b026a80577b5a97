/**
 * Packages that workerd can load only from one bundle: what they are made of asks for files that their `browser` field
 * replaces, and the test runner does not look there. `wrangler` bundles everything, so the Worker itself needs none of it.
 */
export const bundledPackages = { optimizer: { ssr: { enabled: true, include: ['sanitize-html'] } } }
