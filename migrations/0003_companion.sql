CREATE TABLE `companion_checkpoints` (
	`tenant_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`version` integer NOT NULL,
	`sealed` text NOT NULL,
	`stored_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `channel_id`)
);
--> statement-breakpoint
CREATE TABLE `companion_leases` (
	`tenant_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`companion_id` text NOT NULL,
	`token` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`missed_at` integer,
	PRIMARY KEY(`tenant_id`, `channel_id`)
);
--> statement-breakpoint
-- Accounts that nobody runs any more, of every tenant.
CREATE INDEX `directory_leases_expiry` ON `companion_leases` (`expires_at`) WHERE missed_at is null;--> statement-breakpoint
ALTER TABLE `attachments` ADD `announced_key` text;--> statement-breakpoint
ALTER TABLE `channels` ADD `companion_sends` integer;--> statement-breakpoint
-- Nothing else can answer on Telegram.
UPDATE `channels` SET `companion_sends` = 1 WHERE `platform` = 'telegram';--> statement-breakpoint
ALTER TABLE `jobs` ADD `handed_to` text;--> statement-breakpoint
-- What a companion has to do on its channel.
CREATE INDEX `jobs_channel` ON `jobs` (`tenant_id`,`channel_id`,`seq`) WHERE kind = 'send' and state in ('due', 'running', 'sending');