CREATE TABLE `revocations` (
	`tenant_id` text NOT NULL,
	`user_id` text NOT NULL,
	`valid_from` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `user_id`)
);
