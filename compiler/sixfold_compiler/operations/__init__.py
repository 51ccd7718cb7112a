"""Operations that change a deploy repo: publish, promote, retire, and new repos from templates."""
