-- The API's statements have one shape each and are served by index whoever asks. Left to itself Postgres plans some of them anew each
-- time, which costs more than to run them.
alter role recto_api set plan_cache_mode = force_generic_plan;
