SELECT 'resellers' AS directory_table, count(*) AS broken_rows FROM resellers WHERE NOT (COALESCE(reseller_id LIKE '________-____-____-____-____________'
      AND translate(reseller_id, '0123456789abcdef', '') = '----', FALSE))
UNION ALL
SELECT 'organizations' AS directory_table, count(*) AS broken_rows FROM organizations WHERE NOT (COALESCE(reseller_id LIKE '________-____-____-____-____________'
      AND translate(reseller_id, '0123456789abcdef', '') = '----', FALSE) AND COALESCE(organization_id LIKE '________-____-____-____-____________'
      AND translate(organization_id, '0123456789abcdef', '') = '----', FALSE))
UNION ALL
SELECT 'agents' AS directory_table, count(*) AS broken_rows FROM agents WHERE NOT (COALESCE(reseller_id LIKE '________-____-____-____-____________'
      AND translate(reseller_id, '0123456789abcdef', '') = '----', FALSE) AND COALESCE(organization_id LIKE '________-____-____-____-____________'
      AND translate(organization_id, '0123456789abcdef', '') = '----', FALSE) AND COALESCE(agent_id LIKE '________-____-____-____-____________'
      AND translate(agent_id, '0123456789abcdef', '') = '----', FALSE))
ORDER BY directory_table
