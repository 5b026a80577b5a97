/** Where the peers keep their messages: one row each, once. */
export const messagesTable =
  'create table if not exists messages (seq integer primary key, external_id text not null unique, ' +
  'sender text not null, body text not null, at text not null)'
