import type {
  Attachment,
  Channel,
  Conversation,
  InboxState,
  Message,
  MessageTemplate,
  ReplyRules,
  Upload,
} from '../../src/ui/types.ts'

let made = 0

/** A UUID that differs with every call. */
export function uuid(): string {
  made += 1
  return `00000000-0000-4000-8000-${made.toString(16).padStart(12, '0')}`
}

export function conversation(given: Partial<Conversation> = {}): Conversation {
  return {
    id: uuid(),
    platform: 'telegram',
    external_id: '+380501234567',
    client_name: 'Olena Kovalenko',
    channel_id: uuid(),
    status: 'open',
    assignee_id: null,
    unread_count: 0,
    last_message_at: '2026-11-23T09:00:00Z',
    last_message_preview: 'Good morning',
    last_message_direction: 'inbound',
    can_reply_until: null,
    merged_into: null,
    picture_url: null,
    ...given,
  }
}

export function message(given: Partial<Message> = {}): Message {
  const id = given.id ?? uuid()
  return {
    id,
    conversation_id: uuid(),
    direction: 'inbound',
    type: 'text',
    content: 'Good morning',
    status: 'sent',
    attachments: [],
    created_at: '2026-11-23T09:00:00Z',
    external_id: `external-${id}`,
    seq: 1,
    sender: null,
    reply_to_external_id: null,
    reactions: [],
    details: {},
    error: null,
    edited_at: null,
    deleted_at: null,
    client_message_id: null,
    ...given,
  }
}

export function attachment(given: Partial<Attachment> = {}): Attachment {
  const id = given.id ?? uuid()
  return {
    id,
    type: 'image',
    mime_type: 'image/jpeg',
    filename: 'photo.jpg',
    size: 120_000,
    state: 'ready',
    url: `/api/v1/communications/attachments/${id}`,
    error: null,
    ...given,
  }
}

export function replyRules(given: Partial<ReplyRules> = {}): ReplyRules {
  return {
    text: 4096,
    caption: 1024,
    unit: 'characters',
    attachments: 1,
    files: { image: 5_000_000, document: 100_000_000 },
    buttons: 3,
    button_title: 20,
    can_reply_to: true,
    can_react: true,
    has_templates: true,
    human_agent_ms: null,
    ...given,
  }
}

export function upload(given: Partial<Upload> = {}): Upload {
  return {
    id: uuid(),
    file: new Blob(['12345']),
    name: 'photo.jpg',
    type: 'image',
    mimeType: 'image/jpeg',
    size: 200_000,
    sent: 50_000,
    state: 'uploading',
    uploadId: null,
    error: null,
    ...given,
  }
}

export function template(given: Partial<MessageTemplate> = {}): MessageTemplate {
  return {
    name: 'order_ready',
    language: 'uk',
    category: 'UTILITY',
    header: null,
    body: 'Вітаємо, {{1}}! Замовлення {{2}} готове.',
    footer: null,
    buttons: [],
    ...given,
  }
}

export function channel(given: Partial<Channel> = {}, health: Partial<Channel['health']> = {}): Channel {
  return {
    id: uuid(),
    platform: 'whatsapp',
    external_id: '1029384756',
    name: 'Main number',
    health: {
      state: 'ok',
      last_inbound_at: '2026-11-23T09:00:00Z',
      last_error_at: null,
      last_error_code: null,
      last_error_message: null,
      signature_failures: 0,
      token_expires_at: null,
      session_state: null,
      ...health,
    },
    reply_rules: null,
    ...given,
  }
}

export function inboxState(given: Partial<InboxState> = {}): InboxState {
  return {
    connection: { kind: 'live' },
    me: {
      user_id: uuid(),
      name: 'Iryna Bondar',
      role: 'manager',
      tenant: { id: uuid(), name: 'Lingua Bureau' },
      session_expires_at: '2026-11-24T09:00:00Z',
    },
    query: {},
    conversations: [],
    conversationsCursor: null,
    conversationsLoading: false,
    conversationsError: null,
    threads: {},
    channels: [],
    online: [],
    typing: [],
    outgoing: [],
    uploads: [],
    ...given,
  }
}

/** What the server keeps with a mail that came. */
export function mailDetails(given: Message['details'] = {}): Message['details'] {
  return {
    subject: 'Contract',
    from: { address: 'olena@client.example', name: 'Olena' },
    to: [],
    mailbox: 'office@slovo.example',
    message_id: 'one@client.example',
    auth: { spf: 'pass', dkim: 'pass', dmarc: 'pass' },
    has_html: true,
    ...given,
  }
}
