-- Beginnings and ends of what was written before there was a time for them.
UPDATE "venues"."promotions" SET "next_change_at" = CASE
  WHEN "starts_at" > now() THEN "starts_at"
  WHEN "ends_at" > now() THEN "ends_at" END;
