/** What a peer shows of one message: an object of the same form and length as ours. */
export type SampleMessage = { id: string; from: string; timestamp: string; text: { body: string } }

export function frameOf(seq: number, message: SampleMessage): Record<string, unknown> {
  const at = new Date(Number(message.timestamp) * 1000).toISOString()
  const id = `c0ffee00-0000-4000-8000-${String(seq % 1e12).padStart(12, '0')}`
  const conversationId = `c0ffee00-0000-4000-9000-${message.from.padStart(12, '0')}`
  return {
    type: 'new_message',
    seq,
    conversation_id: conversationId,
    message: {
      id,
      conversation_id: conversationId,
      direction: 'inbound',
      type: 'text',
      content: message.text.body,
      status: 'sent',
      attachments: [],
      created_at: at,
      external_id: message.id,
      seq,
      sender: null,
      reply_to_external_id: null,
      reactions: [],
      details: {},
      edited_at: null,
      deleted_at: null,
      error: null,
      client_message_id: null,
    },
    conversation: {
      id: conversationId,
      platform: 'whatsapp',
      external_id: `+${message.from}`,
      client_name: `Customer ${message.from.slice(-2)}`,
      channel_id: 'c0ffee00-0000-4000-a000-000000000001',
      status: 'open',
      assignee_id: null,
      unread_count: seq,
      last_message_at: at,
      last_message_preview: message.text.body.slice(0, 140),
      last_message_direction: 'inbound',
      can_reply_until: at,
      merged_into: null,
    },
  }
}
