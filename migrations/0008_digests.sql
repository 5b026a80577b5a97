ALTER TABLE `notification_settings` ADD `digest_at` integer;--> statement-breakpoint
ALTER TABLE `notification_settings` ADD `digest_seq` integer;--> statement-breakpoint
ALTER TABLE `notification_settings` ADD `digest_due_at` integer;--> statement-breakpoint
ALTER TABLE `notification_settings` ADD `digest_sent_at` integer;--> statement-breakpoint
ALTER TABLE `notification_settings` ADD `digest_attempts` integer;--> statement-breakpoint
ALTER TABLE `notification_settings` ADD `confirmed_address` text;--> statement-breakpoint
ALTER TABLE `notification_settings` ADD `address_confirmed_at` integer;--> statement-breakpoint
ALTER TABLE `notification_settings` ADD `confirmation_pace` integer;--> statement-breakpoint
-- Digests that are due, of every tenant.
CREATE INDEX `directory_digests` ON `notification_settings` (`digest_due_at`) WHERE digest_due_at is not null;