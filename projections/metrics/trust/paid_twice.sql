SELECT c.*
FROM repeated_charge AS c;
