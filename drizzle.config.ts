import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  schema: [
    './src/store/schema.ts',
    './src/store/access-schema.ts',
    './src/store/companion-schema.ts',
    './src/store/intake-schema.ts',
    './src/store/notification-schema.ts',
    './src/store/push-schema.ts',
    './src/store/webhook-schema.ts',
  ],
  out: './migrations',
})
