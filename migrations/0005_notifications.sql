CREATE TABLE `journal_mentions` (
	`tenant_id` text NOT NULL,
	`user_id` text NOT NULL,
	`seq` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `user_id`, `seq`)
);
--> statement-breakpoint
CREATE TABLE `notes` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`conversation_id` text NOT NULL,
	`author_id` text NOT NULL,
	`author_name` text NOT NULL,
	`text` text NOT NULL,
	`mentions` text NOT NULL,
	`created_at` integer NOT NULL,
	`seq` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
-- A conversation's notes, newest first.
CREATE INDEX `notes_conversation` ON `notes` (`tenant_id`,`conversation_id`,`seq`);--> statement-breakpoint
CREATE TABLE `notification_reads` (
	`tenant_id` text NOT NULL,
	`user_id` text NOT NULL,
	`epoch` text NOT NULL,
	`seq` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `user_id`, `epoch`, `seq`)
);
--> statement-breakpoint
CREATE TABLE `notification_settings` (
	`tenant_id` text NOT NULL,
	`user_id` text NOT NULL,
	`settings` text,
	`epoch` text NOT NULL,
	`read_seq` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `user_id`)
);
--> statement-breakpoint
CREATE TABLE `staff` (
	`tenant_id` text NOT NULL,
	`user_id` text NOT NULL,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`seen_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `user_id`)
);
--> statement-breakpoint
ALTER TABLE `channel_health` ADD `alert_told` text;--> statement-breakpoint
ALTER TABLE `channel_health` ADD `alert_down_at` integer;--> statement-breakpoint
ALTER TABLE `channel_health` ADD `alert_up_at` integer;--> statement-breakpoint
ALTER TABLE `channel_health` ADD `alert_up_since` integer;--> statement-breakpoint
-- Channels of which people are still to hear that they work again, of every tenant.
CREATE INDEX `directory_channel_alerts` ON `channel_health` (`alert_up_since`) WHERE alert_up_since is not null;--> statement-breakpoint
ALTER TABLE `journal_events` ADD `notify` text;--> statement-breakpoint
ALTER TABLE `journal_events` ADD `audience` text;--> statement-breakpoint
-- A user's notifications, newest first.
CREATE INDEX `journal_events_notifying` ON `journal_events` (`tenant_id`,`notify`,`audience`,`seq`) WHERE notify is not null;