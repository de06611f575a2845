SELECT
    u.theme_id,
    t.label_fr,
    t.label_en,
    u.kind,
    c.day,
    SUM(c.stories) AS covered,
    COUNT(*) AS sources,
    COALESCE(MAX(o.stories), 0) AS stories
FROM (SELECT DISTINCT theme_id, kind, source_key FROM observation_sources) AS u
JOIN coverage AS c ON c.source_key = u.source_key AND c.kind = u.kind
JOIN themes AS t ON t.id = u.theme_id
LEFT JOIN observations AS o ON o.theme_id = u.theme_id AND o.kind = u.kind AND o.day = c.day
GROUP BY u.theme_id, t.label_fr, t.label_en, u.kind, c.day
