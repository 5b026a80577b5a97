import type { FakeAccount } from '../../test/fake-graph/types.ts'

/** What stands in the WhatsApp Business Account of the demo. */
const templates = [
  {
    name: 'order_ready',
    language: 'uk',
    components: [
      { type: 'BODY', text: 'Вітаємо, {{1}}! Ваш переклад готовий, забрати можна до {{2}}.' },
      { type: 'FOOTER', text: 'Бюро перекладів «Слово»' },
    ],
  },
  {
    name: 'order_ready',
    language: 'en',
    components: [{ type: 'BODY', text: 'Hello {{1}}, your translation is ready. You can collect it until {{2}}.' }],
  },
  {
    name: 'hello_again',
    language: 'uk',
    components: [{ type: 'BODY', text: 'Вітаємо! Чи актуальне ще ваше замовлення? Напишіть нам, і ми продовжимо.' }],
  },
]

/**
 * The accounts of the demo tenant, as the platforms number them, with what an operator stores for each. The tokens open
 * nothing but the stand-in of Meta's API that the demo starts.
 */
export const demoChannels = [
  {
    platform: 'whatsapp',
    external_id: '100000000000001',
    account_id: '190000000000009',
    name: 'WhatsApp +380 44 000 00 01',
    credentials: { access_token: 'demo-whatsapp' },
  },
  {
    platform: 'facebook',
    external_id: '200000000000002',
    name: 'Facebook: Бюро «Слово»',
    credentials: { access_token: 'demo-page' },
  },
  {
    platform: 'instagram',
    external_id: '300000000000003',
    name: 'Instagram @slovo.bureau',
    credentials: { access_token: 'demo-instagram', login: 'instagram' },
  },
  { platform: 'email', external_id: 'office@slovo.example', name: 'office@slovo.example' },
  { platform: 'telegram', external_id: '7000000001', name: 'Telegram @slovo_bureau' },
] as const

const [whatsapp, facebook, instagram, email, telegram] = demoChannels
export const accountIds = {
  whatsapp: whatsapp.external_id,
  facebook: facebook.external_id,
  instagram: instagram.external_id,
  email: email.external_id,
  telegram: telegram.external_id,
} as const
export const businessNumber = '380440000001'
export const businessAccountId = whatsapp.account_id

/** The same accounts as Meta knows them. */
export const graphAccounts: readonly FakeAccount[] = [
  {
    platform: 'whatsapp',
    id: whatsapp.external_id,
    accountId: whatsapp.account_id,
    token: whatsapp.credentials.access_token,
    displayPhoneNumber: `+${businessNumber}`,
    name: 'Бюро перекладів «Слово»',
    templates,
  },
  {
    platform: 'facebook',
    id: facebook.external_id,
    token: facebook.credentials.access_token,
    name: 'Бюро перекладів «Слово»',
  },
  {
    platform: 'instagram',
    id: instagram.external_id,
    appScopedId: '310000000000003',
    login: 'instagram',
    token: instagram.credentials.access_token,
    username: 'slovo.bureau',
    name: 'Бюро перекладів «Слово»',
  },
]
