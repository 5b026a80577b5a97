-- whether an object is in use, before the upload it came by is swept
CREATE INDEX `attachments_object` ON `attachments` (`tenant_id`,`object_key`) WHERE object_key is not null;--> statement-breakpoint
-- what has waited for its message for too long, of every tenant
CREATE INDEX `directory_parked_waiting` ON `parked_items` (`created_at`) WHERE "key" not in ('echo', 'former');--> statement-breakpoint
-- which uploads to look at next, of every tenant
CREATE INDEX `directory_uploads_oldest` ON `uploads` (`created_at`);
