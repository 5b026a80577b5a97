ALTER TABLE `channels` ADD `checked_at` integer;--> statement-breakpoint
ALTER TABLE `channels` ADD `reconciled_at` integer;--> statement-breakpoint
ALTER TABLE `channels` ADD `token_refreshed_at` integer;--> statement-breakpoint
-- Which account to look at next, of every tenant.
CREATE INDEX `directory_channels_checked` ON `channels` (`checked_at`) WHERE sealed_credentials is not null;--> statement-breakpoint
-- Ended work on files, whose rows go once no object can be left of it.
CREATE INDEX `directory_jobs_ended` ON `jobs` (`created_at`) WHERE kind in ('media', 'profile') and state in ('done', 'failed');