CREATE TABLE `jobs` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`channel_id` text NOT NULL,
	`conversation_id` text NOT NULL,
	`message_id` text NOT NULL,
	`subject_id` text NOT NULL,
	`state` text NOT NULL,
	`attempts` integer NOT NULL,
	`due_at` integer NOT NULL,
	`lease_until` integer,
	`result` text,
	`last_error` text,
	`seq` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
-- Is an earlier reply of this conversation still on its way?
CREATE INDEX `jobs_conversation` ON `jobs` (`tenant_id`,`conversation_id`,`seq`) WHERE kind = 'send' and state in ('due', 'running', 'sending');--> statement-breakpoint
-- All work for one message or file: trying again by hand.
CREATE INDEX `jobs_subject` ON `jobs` (`tenant_id`,`subject_id`);--> statement-breakpoint
-- Whatever the queue has lost, of every tenant.
CREATE INDEX `directory_jobs_open` ON `jobs` (`due_at`) WHERE state in ('due', 'running', 'sending');--> statement-breakpoint
ALTER TABLE `attachments` ADD `error` text;--> statement-breakpoint
ALTER TABLE `channels` ADD `alternate_external_id` text;--> statement-breakpoint
-- Whose account a delivery is for, by the account's second id.
CREATE UNIQUE INDEX `directory_channel_alternates` ON `channels` (`platform`,`alternate_external_id`) WHERE alternate_external_id is not null;--> statement-breakpoint
ALTER TABLE `contacts` ADD `delivered_until` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `contacts` ADD `read_until` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `contacts` ADD `picture_key` text;--> statement-breakpoint
ALTER TABLE `conversations` ADD `picture_key` text;