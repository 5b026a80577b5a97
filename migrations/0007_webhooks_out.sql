CREATE TABLE `webhook_deliveries` (
	`tenant_id` text NOT NULL,
	`endpoint_id` text NOT NULL,
	`slot` integer NOT NULL,
	`attempt_no` integer NOT NULL,
	`seq` integer NOT NULL,
	`attempt` integer NOT NULL,
	`status` integer NOT NULL,
	`ms` integer NOT NULL,
	`at` integer NOT NULL,
	`error` text,
	PRIMARY KEY(`tenant_id`, `endpoint_id`, `slot`)
);
--> statement-breakpoint
CREATE TABLE `webhook_endpoints` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`url` text NOT NULL,
	`description` text NOT NULL,
	`event_types` text,
	`sealed_secret` text NOT NULL,
	`sealed_previous_secret` text,
	`previous_until` integer,
	`cursor_seq` integer NOT NULL,
	`epoch` text NOT NULL,
	`disabled_at` integer,
	`disabled_reason` text,
	`created_at` integer NOT NULL,
	`last_success_at` integer,
	`given_up_seq` integer,
	`attempts` integer NOT NULL,
	`lease` text,
	`lease_until` integer,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE TABLE `webhook_failures` (
	`tenant_id` text NOT NULL,
	`endpoint_id` text NOT NULL,
	`seq` integer NOT NULL,
	`epoch` text NOT NULL,
	`attempts` integer NOT NULL,
	`due_at` integer NOT NULL,
	`last_status` integer NOT NULL,
	`last_error` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `endpoint_id`, `seq`)
);
--> statement-breakpoint
-- What is to be posted again, of every tenant.
CREATE INDEX `directory_webhook_failures` ON `webhook_failures` (`due_at`);