// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {EscrowTest} from "./base/EscrowTest.sol";
import {KeyWallet, OddWallet} from "./mocks/Wallets.sol";

contract SignaturesTest is EscrowTest {
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    /// @dev Every other encoding of a good signature, and every signature with a bit turned over, is refused.
    function test_key_oneSignatureHasOneEncoding(uint256 salt, uint256 bit) public {
        IDealEscrow.Deal memory deal = dealWith(salt);
        bytes memory good = sign(CREATOR_KEY, deal);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(CREATOR_KEY, digestOf(idOf(deal)));
        _refused(deal, abi.encodePacked(r, ORDER - uint256(s), v == 27 ? uint8(28) : uint8(27))); // the mirror image
        _refused(deal, abi.encodePacked(r, s, v - 27)); // v as 0 or 1
        _refused(deal, abi.encodePacked(r, bytes32(uint256(s) | uint256(v - 27) << 255))); // EIP-2098
        _refused(deal, abi.encodePacked(good, uint8(0)));
        _refused(deal, "");
        _refused(deal, new bytes(65));
        bytes memory turned = sign(CREATOR_KEY, deal);
        bit = bound(bit, 0, 65 * 8 - 1);
        turned[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        _refused(deal, turned);
        vm.prank(deal.provider);
        escrow.open(deal, good, sign(PROVIDER_KEY, deal));
    }

    function test_key_anotherKeyIsRefused(uint256 key) public {
        key = bound(key, 1, ORDER - 1);
        vm.assume(key != CREATOR_KEY);
        IDealEscrow.Deal memory deal = dealWith(1);
        _refused(deal, sign(key, deal));
    }

    function test_key_bothHalvesOfTheOrderAtTheLimit() public {
        uint256 half = ORDER / 2;
        _refused(dealWith(1), abi.encodePacked(bytes32(uint256(1)), half, uint8(27))); // low enough, nobody's
        _refused(dealWith(1), abi.encodePacked(bytes32(uint256(1)), half + 1, uint8(27)));
    }

    /// @dev ecrecover writes nothing when it recovers nobody. What lies in memory then is the word of the nonce, which a
    /// provider's proposal could choose to be the creator's address.
    function test_key_nobodyRecoveredIsNobody() public {
        IDealEscrow.Deal memory deal = dealWith(uint256(uint160(creator)) << 8);
        _refused(deal, new bytes(65));
        deal = dealWith(uint256(uint160(provider)) << 8);
        bytes memory byCreator = sign(CREATOR_KEY, deal);
        reverts(abi.encodeWithSelector(IDealEscrow.BadSignature.selector, provider));
        vm.prank(deal.provider);
        escrow.open(deal, byCreator, new bytes(65));
    }

    function test_wallet_signsWithItsKey() public {
        address wallet = address(new KeyWallet(vm.addr(CREATOR_KEY)));
        creator = wallet;
        escrow.deposit(wallet, FUNDS);
        IDealEscrow.Deal memory deal = opened(1);
        IDealEscrow.Result memory result = resultOf(deal, PRICE);
        _refused(dealWith(2), sign(STRANGER_KEY, dealWith(2)));
        settle(deal, result);
        assertEq(escrow.freeOf(wallet), FUNDS - PRICE, "wallet paid");
        KeyWallet(wallet).withdraw(escrow, stranger, FUNDS - PRICE);
        assertEq(token.balanceOf(stranger), FUNDS - PRICE, "wallet's money");
    }

    function test_wallet_asProviderSubmitsBySignature() public {
        provider = address(new KeyWallet(vm.addr(PROVIDER_KEY)));
        escrow.deposit(provider, FUNDS);
        IDealEscrow.Deal memory deal = opened(1);
        IDealEscrow.Result memory result = resultOf(deal, PRICE);
        escrow.submit(deal, result, sign(PROVIDER_KEY, result));
        assertState(deal, IDealEscrow.State.Submitted);
    }

    function test_wallet_onlyTheExactAnswerCounts() public {
        OddWallet wallet = new OddWallet();
        creator = address(wallet);
        escrow.deposit(creator, FUNDS);
        for (uint256 i = 0; i <= uint256(type(OddWallet.Answer).max); ++i) {
            OddWallet.Answer answer = OddWallet.Answer(i);
            wallet.set(answer);
            IDealEscrow.Deal memory deal = dealWith(i);
            // a long answer that begins with the right word is the right word
            bool yes = answer == OddWallet.Answer.Yes || answer == OddWallet.Answer.Long;
            if (!yes) {
                _refused(deal, "");
            } else {
                vm.prank(provider);
                escrow.open(deal, "", sign(PROVIDER_KEY, deal));
            }
        }
    }

    function test_wallet_cannotEatTheGas() public {
        OddWallet wallet = new OddWallet();
        creator = address(wallet);
        wallet.set(OddWallet.Answer.BurnGas);
        IDealEscrow.Deal memory deal = dealWith(1);
        bytes memory byProvider = sign(PROVIDER_KEY, deal);
        uint256 before = gasleft();
        vm.prank(provider);
        (bool success,) = address(escrow).call(abi.encodeCall(IDealEscrow.open, (deal, "", byProvider)));
        assertTrue(!success && before - gasleft() < 120_000, "50,000 at most for the wallet");
    }

    /// @dev An account that delegated its code still signs with its key, whatever that code says.
    function test_key_signsForDelegatedAccount() public {
        KeyWallet code = new KeyWallet(stranger);
        vm.attachDelegation(vm.signDelegation(address(code), CREATOR_KEY));
        escrow.deposit(creator, 0); // the delegation rides on the next call
        assertTrue(creator.code.length != 0, "delegated");
        opened(1);
        IDealEscrow.Deal memory deal = dealWith(2);
        vm.prank(deal.provider);
        escrow.open(deal, sign(STRANGER_KEY, deal), sign(PROVIDER_KEY, deal)); // the code's own key counts too
        _refused(dealWith(3), "");
    }

    function _refused(IDealEscrow.Deal memory deal, bytes memory signature) private {
        bytes memory byProvider = sign(PROVIDER_KEY, deal);
        reverts(abi.encodeWithSelector(IDealEscrow.BadSignature.selector, creator));
        vm.prank(deal.provider);
        escrow.open(deal, signature, byProvider);
    }
}
