"""Operations that change a deploy repo: publish, promote, retire, dry run, scaffold."""
