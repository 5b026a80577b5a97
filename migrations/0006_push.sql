CREATE TABLE `push_cursors` (
	`tenant_id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`epoch` text NOT NULL,
	`lease_id` text,
	`lease_until` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `push_subscriptions` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`user_id` text NOT NULL,
	`name` text NOT NULL,
	`sealed` text NOT NULL,
	`vapid_key_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_success_at` integer,
	`attempts` integer NOT NULL,
	`retry_at` integer,
	`owed_seq` integer,
	`tested_seq` integer,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
-- A user's browsers, oldest first.
CREATE INDEX `push_subscriptions_user` ON `push_subscriptions` (`tenant_id`,`user_id`,`created_at`);--> statement-breakpoint
-- Browsers that something is owed to, of every tenant.
CREATE INDEX `directory_push_owed` ON `push_subscriptions` (`retry_at`) WHERE owed_seq is not null;