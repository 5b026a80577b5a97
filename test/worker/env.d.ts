// What vitest.config.ts adds to the bindings of wrangler.toml.
declare namespace Cloudflare {
  interface Env {
    TEST_MIGRATIONS: import('cloudflare:test').D1Migration[]
    /** Empty where the folder of real payloads is missing. */
    WHATSAPP_PAYLOADS: { name: string; text: string }[]
    MESSENGER_PAYLOADS: { name: string; text: string }[]
    INSTAGRAM_PAYLOADS: { name: string; text: string }[]
    /** See `answerRealMail`. */
    REAL_MAILS: Fetcher
  }
}
