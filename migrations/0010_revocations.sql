CREATE TABLE `revocations` (
	`tenant_id` text NOT NULL,
	`user_id` text NOT NULL,
	`valid_from` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `user_id`)
);
--> statement-breakpoint
ALTER TABLE `service_keys` ADD `last_used_at` integer;