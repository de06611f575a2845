SELECT
    e.theme_id,
    t.label_fr,
    t.label_en,
    e.event,
    e."on" AS day,
    NULLIF(e.other_id, '') AS other_id,
    o.label_fr AS other_label_fr,
    o.label_en AS other_label_en,
    e.weight,
    CASE
        WHEN e.event = 'pinned' OR REPLACE(CAST(e.detail AS TEXT), '"by": "person"', '') <> CAST(e.detail AS TEXT) THEN 'person'
        WHEN REPLACE(CAST(e.detail AS TEXT), '"by": "refit"', '') <> CAST(e.detail AS TEXT) THEN 'refit'
    END AS decided_by
FROM theme_events AS e
JOIN themes AS t ON t.id = e.theme_id
LEFT JOIN themes AS o ON o.id = e.other_id
