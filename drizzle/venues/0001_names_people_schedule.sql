ALTER TABLE "venues"."promotions" DROP CONSTRAINT "promotions_period_check";--> statement-breakpoint
ALTER TABLE "venues"."promotions" ADD COLUMN "next_change_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "venues"."users" ADD COLUMN "role" text;--> statement-breakpoint
CREATE INDEX "promotions_due_idx" ON "venues"."promotions" USING btree ("next_change_at") WHERE "venues"."promotions"."next_change_at" is not null;--> statement-breakpoint
ALTER TABLE "venues"."promotions" ADD CONSTRAINT "promotions_period_check" CHECK ("venues"."promotions"."ends_at" >= "venues"."promotions"."starts_at");