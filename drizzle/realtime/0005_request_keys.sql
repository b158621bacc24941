ALTER TABLE "realtime_idempotency_keys" ALTER COLUMN "epoch" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "realtime_idempotency_keys" ALTER COLUMN "offset" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "realtime_idempotency_keys" ALTER COLUMN "id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "realtime_idempotency_keys" ADD COLUMN "content_hash" text;--> statement-breakpoint
ALTER TABLE "realtime_idempotency_keys" ADD COLUMN "answer" json;