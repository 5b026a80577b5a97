CREATE TABLE `attachments` (
	`tenant_id` text NOT NULL,
	`message_id` text NOT NULL,
	`position` integer NOT NULL,
	`id` text NOT NULL,
	`type` text NOT NULL,
	`mime_type` text,
	`filename` text,
	`size` integer,
	`sha256` text,
	`state` text NOT NULL,
	`media_id` text,
	`source_url` text,
	`object_key` text,
	PRIMARY KEY(`tenant_id`, `message_id`, `position`)
);
--> statement-breakpoint
-- one file by its address
CREATE UNIQUE INDEX `attachments_id` ON `attachments` (`tenant_id`,`id`);--> statement-breakpoint
CREATE TABLE `channel_health` (
	`tenant_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`state` text NOT NULL,
	`state_at` integer NOT NULL,
	`last_inbound_at` integer,
	`last_error_at` integer,
	`last_error_code` text,
	`last_error_message` text,
	`signature_failures` integer NOT NULL,
	`token_expires_at` integer,
	`session_state` text,
	PRIMARY KEY(`tenant_id`, `channel_id`)
);
--> statement-breakpoint
CREATE TABLE `channels` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`platform` text NOT NULL,
	`external_id` text NOT NULL,
	`account_id` text,
	`meta_app_id` text,
	`name` text NOT NULL,
	`sealed_credentials` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
-- whose account a delivery is for; one account belongs to one tenant
CREATE UNIQUE INDEX `directory_channels` ON `channels` (`platform`,`external_id`);--> statement-breakpoint
-- all channels of an account, for events that name no channel
CREATE INDEX `directory_channel_accounts` ON `channels` (`platform`,`account_id`);--> statement-breakpoint
CREATE TABLE `contact_aliases` (
	`tenant_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`kind` text NOT NULL,
	`value` text NOT NULL,
	`contact_id` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `channel_id`, `kind`, `value`)
);
--> statement-breakpoint
-- all names of a contact, when two turn out to be one
CREATE INDEX `contact_aliases_contact` ON `contact_aliases` (`tenant_id`,`contact_id`);--> statement-breakpoint
CREATE TABLE `contacts` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`channel_id` text NOT NULL,
	`name` text,
	`name_at` integer NOT NULL,
	`username` text,
	`address_kind` text NOT NULL,
	`address` text NOT NULL,
	`address_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE TABLE `conversations` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`channel_id` text NOT NULL,
	`contact_id` text NOT NULL,
	`thread` text NOT NULL,
	`platform` text NOT NULL,
	`external_id` text NOT NULL,
	`client_name` text NOT NULL,
	`search_text` text NOT NULL,
	`status` text NOT NULL,
	`assignee_id` text,
	`unread_count` integer NOT NULL,
	`read_seq` integer NOT NULL,
	`last_message_id` text,
	`last_message_at` integer,
	`last_message_seq` integer,
	`last_message_preview` text NOT NULL,
	`last_message_direction` text,
	`last_inbound_at` integer,
	`merged_into` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
-- a contact's conversation for an incoming message
CREATE UNIQUE INDEX `conversations_contact` ON `conversations` (`tenant_id`,`contact_id`,`thread`);--> statement-breakpoint
-- the list, newest first
CREATE INDEX `conversations_newest` ON `conversations` (`tenant_id`,`last_message_at`,`id`);--> statement-breakpoint
-- what became part of a conversation, when a text of it is taken back
CREATE INDEX `conversations_merged` ON `conversations` (`tenant_id`,`merged_into`) WHERE merged_into is not null;--> statement-breakpoint
CREATE TABLE `journal_events` (
	`tenant_id` text NOT NULL,
	`seq` integer NOT NULL,
	`key` text NOT NULL,
	`type` text NOT NULL,
	`platform` text,
	`conversation_id` text,
	`data` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `seq`)
);
--> statement-breakpoint
-- has this happened already? (G3)
CREATE UNIQUE INDEX `journal_events_key` ON `journal_events` (`tenant_id`,`key`);--> statement-breakpoint
-- taking a deleted message's content out of its conversation's events
CREATE INDEX `journal_events_conversation` ON `journal_events` (`tenant_id`,`conversation_id`);--> statement-breakpoint
CREATE TABLE `journal_heads` (
	`tenant_id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`epoch` text NOT NULL,
	`revision` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `messages` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`channel_id` text NOT NULL,
	`conversation_id` text NOT NULL,
	`external_id` text,
	`client_message_id` text,
	`seq` integer NOT NULL,
	`direction` text NOT NULL,
	`type` text NOT NULL,
	`content` text NOT NULL,
	`status` text NOT NULL,
	`error` text,
	`sender` text,
	`reply_to_external_id` text,
	`details` text NOT NULL,
	`counts_unread` integer NOT NULL,
	`created_at` integer NOT NULL,
	`received_at` integer NOT NULL,
	`edited_at` integer,
	`deleted_at` integer,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
-- dedupe (G2), and finding the target of a status, edit, reaction or deletion
CREATE UNIQUE INDEX `messages_external` ON `messages` (`tenant_id`,`channel_id`,`external_id`);--> statement-breakpoint
-- a thread, newest first
CREATE INDEX `messages_thread` ON `messages` (`tenant_id`,`conversation_id`,`created_at`,`seq`);--> statement-breakpoint
-- counting what came after a read mark
CREATE INDEX `messages_unread` ON `messages` (`tenant_id`,`conversation_id`,`seq`);--> statement-breakpoint
CREATE TABLE `meta_apps` (
	`tenant_id` text NOT NULL,
	`meta_app_id` text NOT NULL,
	`name` text NOT NULL,
	`sealed_secret` text NOT NULL,
	`sealed_previous_secret` text,
	`previous_until` integer,
	`sealed_verify_token` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `meta_app_id`)
);
--> statement-breakpoint
-- a webhook path names the app before anything else is known
CREATE UNIQUE INDEX `directory_meta_apps` ON `meta_apps` (`meta_app_id`);--> statement-breakpoint
CREATE TABLE `parked_items` (
	`tenant_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`target_external_id` text NOT NULL,
	`key` text NOT NULL,
	`item` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `channel_id`, `target_external_id`, `key`)
);
--> statement-breakpoint
CREATE TABLE `quarantine` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`platform` text NOT NULL,
	`meta_app_id` text,
	`reason` text NOT NULL,
	`body` text,
	`object_key` text,
	`received_at` integer NOT NULL,
	`replayed_at` integer,
	`replay_outcome` text,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
-- quarantine, newest first
CREATE INDEX `quarantine_newest` ON `quarantine` (`tenant_id`,`received_at`,`id`);--> statement-breakpoint
CREATE TABLE `reactions` (
	`tenant_id` text NOT NULL,
	`message_id` text NOT NULL,
	`by` text NOT NULL,
	`emoji` text,
	`at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `message_id`, `by`)
);
--> statement-breakpoint
CREATE TABLE `service_keys` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`secret_hash` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE TABLE `tenants` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL,
	`disabled_at` integer
);
--> statement-breakpoint
CREATE TABLE `uploads` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`object_key` text NOT NULL,
	`mime_type` text,
	`size` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE TABLE `used_tokens` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
-- clearing out what has expired
CREATE INDEX `used_tokens_expiry` ON `used_tokens` (`tenant_id`,`expires_at`);