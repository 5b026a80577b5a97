-- which mails in quarantine to forget next, of every tenant
CREATE INDEX `directory_quarantine_mails` ON `quarantine` (`received_at`) WHERE platform = 'email' and (reason = 'mailbox.unknown' or replayed_at is not null);
