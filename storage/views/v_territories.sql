SELECT
    f.kind AS level,
    f.value AS territory,
    p.name_fr,
    p.name_en,
    p.nuts,
    a.theme_id,
    t.label_fr,
    t.label_en,
    d.kind,
    d.counted_on AS day,
    COUNT(DISTINCT d.id) AS documents,
    COUNT(DISTINCT COALESCE(e.story_id, d.id)) AS stories,
    COUNT(DISTINCT d.source_id) AS sources,
    COUNT(DISTINCT CASE WHEN f.start < 0 THEN d.id END) AS stated
FROM facts AS f
JOIN documents AS d ON d.id = f.document_id
LEFT JOIN territories AS p ON p.level = f.kind AND p.code = f.value
LEFT JOIN enrichments AS e ON e.document_id = d.id
LEFT JOIN assignments AS a ON a.document_id = d.id
LEFT JOIN themes AS t ON t.id = a.theme_id
WHERE f.kind IN ('region', 'departement', 'country') AND d.counted_on IS NOT NULL
GROUP BY f.kind, f.value, p.name_fr, p.name_en, p.nuts, a.theme_id, t.label_fr, t.label_en, d.kind, d.counted_on
