SELECT
    o.theme_id,
    t.label_fr,
    t.label_en,
    o.kind,
    o.day,
    o.week,
    o.stories,
    o.sources,
    o.documents,
    o.eur,
    COALESCE((
        SELECT SUM(c.stories)
        FROM coverage AS c
        WHERE c.kind = o.kind AND c.day = o.day AND c.source_key IN (
            SELECT u.source_key FROM observation_sources AS u WHERE u.theme_id = o.theme_id AND u.kind = o.kind
        )
    ), 0) AS covered
FROM observations AS o
JOIN themes AS t ON t.id = o.theme_id
