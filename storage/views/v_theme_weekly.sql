SELECT
    w.theme_id,
    t.label_fr,
    t.label_en,
    w.kind,
    w.week,
    w.stories,
    COALESCE(p.sources, 0) AS sources,
    w.documents,
    w.eur,
    COALESCE((
        SELECT SUM(c.stories)
        FROM coverage AS c
        WHERE c.kind = w.kind AND c.day >= w.week AND c.day < DATE(w.week, '+7 days') AND c.source_key IN (
            SELECT u.source_key FROM observation_sources AS u WHERE u.theme_id = w.theme_id AND u.kind = w.kind
        )
    ), 0) AS covered
FROM (
    SELECT theme_id, kind, week, SUM(stories) AS stories, SUM(documents) AS documents, SUM(eur) AS eur
    FROM observations
    GROUP BY theme_id, kind, week
) AS w
JOIN themes AS t ON t.id = w.theme_id
LEFT JOIN (
    SELECT o.theme_id, o.kind, o.week, COUNT(DISTINCT b.source_key) AS sources
    FROM observation_sources AS b
    JOIN observations AS o ON o.theme_id = b.theme_id AND o.kind = b.kind AND o.day = b.day
    GROUP BY o.theme_id, o.kind, o.week
) AS p ON p.theme_id = w.theme_id AND p.kind = w.kind AND p.week = w.week
